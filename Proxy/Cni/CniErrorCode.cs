namespace Mesh.Proxy.Cni;

/// <summary>Error codes of the CNI specification 1.0.0, and one of ours (100 and up are the plugin's).</summary>
internal static class CniErrorCode
{
    public const int IncompatibleVersion = 1;
    public const int InvalidEnvironment = 4;
    public const int InputOutput = 5;
    public const int Decoding = 6;
    public const int InvalidConfiguration = 7;
    public const int TryAgainLater = 11;

    /// <summary>The node's proxy refused the pod.</summary>
    public const int NotEnrolled = 100;
}
