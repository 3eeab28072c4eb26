using System.Globalization;
using System.Text;

namespace Mesh.Kubernetes;

/// <summary>What to list or watch.</summary>
public sealed record ListOptions
{
    /// <summary>Such as <c>app=bb,tier!=test</c>.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Such as <c>spec.nodeName=east-1</c>.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>At most this many items; more are got with <see cref="Continue"/>.</summary>
    public int? Limit { get; init; }

    /// <summary>The token of the page before.</summary>
    public string? Continue { get; init; }

    /// <summary>For a watch: changes after this version.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Exact or NotOlderThan.</summary>
    public string? ResourceVersionMatch { get; init; }

    /// <summary>For a watch: ask for bookmarks.</summary>
    public bool AllowWatchBookmarks { get; init; }

    /// <summary>For a watch: the server ends it after this long.</summary>
    public int? TimeoutSeconds { get; init; }

    internal string Query(bool watch)
    {
        var query = new StringBuilder();
        Add("watch", watch ? "true" : null);
        Add("labelSelector", LabelSelector);
        Add("fieldSelector", FieldSelector);
        Add("limit", Limit?.ToString(CultureInfo.InvariantCulture));
        Add("continue", Continue);
        Add("resourceVersion", ResourceVersion);
        Add("resourceVersionMatch", ResourceVersionMatch);
        Add("allowWatchBookmarks", AllowWatchBookmarks ? "true" : null);
        Add("timeoutSeconds", TimeoutSeconds?.ToString(CultureInfo.InvariantCulture));
        return query.ToString();

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
            }
        }
    }
}
