using System.Globalization;

namespace Mesh.Sandbox.Api;

/// <summary>
/// What is wrong with an API server on purpose, as a file says: <c>slow MILLISECONDS</c> or <c>stall</c>; nothing when there is none. It is
/// read anew each time, since whoever tries a fault changes it while the server runs.
/// </summary>
/// <param name="path">The file; null: nothing is ever wrong.</param>
internal sealed class ApiFaults(string? path)
{
    /// <summary>How long every request is kept waiting.</summary>
    public TimeSpan Delay => Read() is ["slow", var text] && int.TryParse(text, CultureInfo.InvariantCulture, out var milliseconds)
        ? TimeSpan.FromMilliseconds(milliseconds)
        : TimeSpan.Zero;

    /// <summary>Whether watches say nothing any more, for good, without ending.</summary>
    public bool WatchesStall => Read() is ["stall"];

    private string[] Read()
    {
        try
        {
            return path is null || !File.Exists(path) ? [] : File.ReadAllText(path).Trim().Split(' ');
        }
        catch (IOException)
        {
            return []; // it was taken away just now
        }
    }
}
