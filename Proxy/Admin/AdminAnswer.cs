namespace Mesh.Proxy.Admin;

/// <summary>What the admin port answers.</summary>
/// <param name="Status">Of HTTP.</param>
/// <param name="ContentType">Of the body.</param>
/// <param name="Body">Not sent, but counted, when the request was HEAD.</param>
internal readonly record struct AdminAnswer(int Status, string ContentType, ReadOnlyMemory<byte> Body)
{
    public const string PlainText = "text/plain; charset=utf-8";

    public static AdminAnswer Text(int status, string text) => new(status, PlainText, System.Text.Encoding.UTF8.GetBytes(text));
}
