namespace Mesh.Proxy.Tests.Corpora;

/// <summary>Seeded random changes of valid input, for fuzz tests: the same seed gives the same inputs.</summary>
internal static class Mutations
{
    /// <summary>
    /// Changes one to four places: a bit, a byte, a byte out of <paramref name="alphabet"/>, a cut, a repetition, or a piece of another
    /// seed.
    /// </summary>
    public static byte[] Of(byte[] seed, Random random, ReadOnlySpan<byte> alphabet, IReadOnlyList<byte[]> seeds)
    {
        var bytes = seed.ToList();
        for (var change = random.Next(1, 5); change > 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[at] = alphabet[random.Next(alphabet.Length)];
                    break;
                case 3:
                    bytes.Insert(at, alphabet[random.Next(alphabet.Length)]);
                    break;
                case 4:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 8), bytes.Count - at));
                    break;
                case 5:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 16), bytes.Count - at)));
                    break;
                default:
                    var other = seeds[random.Next(seeds.Count)];
                    var from = random.Next(other.Length);
                    bytes.InsertRange(at, other[from..Math.Min(other.Length, from + random.Next(1, 16))]);
                    break;
            }
        }
        return [.. bytes];
    }
}
