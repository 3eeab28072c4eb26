namespace Mesh.Sandbox.Api;

/// <summary>The five characters Kubernetes puts behind generated names.</summary>
internal static class RandomSuffix
{
    // Without vowels and look-alikes, so that no words come out.
    private const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";

    public static string Next() => Random.Shared.GetString(Alphabet, 5);

    /// <summary>A number written in the same characters, as in pod-template-hash.</summary>
    public static string Encode(uint number) =>
        string.Concat(number.ToString().Select(digit => Alphabet[(digit - '0') % Alphabet.Length]));
}
