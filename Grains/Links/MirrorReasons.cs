namespace Mesh.Grains.Links;

/// <summary>The reasons of the condition Mirrored on a Link, as Linkerd names them.</summary>
internal static class MirrorReasons
{
    public const string Mirrored = "Mirrored";
    public const string InvalidService = "InvalidService";
    public const string MissingNamespace = "MissingNamespace";
    public const string Error = "Error";
}
