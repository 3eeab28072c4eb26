namespace Mesh.Benchmarks.Soak;

/// <summary>Bytes that both ends know without telling each other, different for each request.</summary>
internal static class Payload
{
    public const int MaxLength = 512 * 1024;
    private const int Shifts = 4093;
    private static readonly byte[] Noise = CreateNoise();

    public static ReadOnlyMemory<byte> Of(long id, int length) => Noise.AsMemory((int)(id % Shifts), length);

    /// <summary>Whether <paramref name="data"/> is what belongs at <paramref name="offset"/> of the payload.</summary>
    public static bool IsPart(long id, int offset, ReadOnlySpan<byte> data) =>
        offset + data.Length <= MaxLength && data.SequenceEqual(Of(id, offset + data.Length).Span[offset..]);

    private static byte[] CreateNoise()
    {
        var noise = new byte[MaxLength + Shifts];
        new Random(1).NextBytes(noise);
        return noise;
    }
}
