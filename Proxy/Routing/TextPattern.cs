using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Mesh.Proxy.Routing;

/// <summary>
/// A regular expression that must match all of a byte string. Compiled without backtracking: what a client sends cannot make it slow, and
/// expressions that need backtracking are refused.
/// </summary>
internal sealed class TextPattern
{
    private const int OnStack = 512;
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
    private readonly Regex _regex;

    private TextPattern(Regex regex) => _regex = regex;

    /// <returns>Null when it is no regular expression, or cannot be matched in linear time (look-around, back-references).</returns>
    public static TextPattern? TryCreate(string pattern)
    {
        try
        {
            // First alone: half an expression could otherwise become a whole one in the brackets.
            _ = new Regex(pattern, Options);
            return new TextPattern(new Regex($@"\A(?:{pattern})\z", Options, Regex.InfiniteMatchTimeout));
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Bytes above 127 are compared as the Latin-1 characters of the same value, which is what HTTP/1 makes of them.</summary>
    public bool IsMatch(ReadOnlySpan<byte> text)
    {
        if (text.Length <= OnStack)
        {
            Span<char> characters = stackalloc char[OnStack];
            return IsMatch(text, characters);
        }
        var rented = ArrayPool<char>.Shared.Rent(text.Length);
        try
        {
            return IsMatch(text, rented);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }

    private bool IsMatch(ReadOnlySpan<byte> text, Span<char> characters)
    {
        var count = Encoding.Latin1.GetChars(text, characters);
        return _regex.IsMatch(characters[..count]);
    }
}
