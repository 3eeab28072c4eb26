using System.Globalization;

namespace Mesh.Sandbox.Network;

/// <summary>What is wrong between two places.</summary>
/// <param name="A">A cluster, node or control plane.</param>
/// <param name="B">Another one.</param>
/// <param name="LossPercent">How many of a hundred packets are lost, by chance; 100: all of them.</param>
/// <param name="OneWay">Only those that go from <paramref name="A"/> to <paramref name="B"/>.</param>
internal sealed record Impairment(string A, string B, int LossPercent = 100, bool OneWay = false)
{
    /// <summary>Whether it is between these two, in whatever order.</summary>
    public bool IsBetween(string a, string b) => (A, B) == (a, b) || (A, B) == (b, a);

    public override string ToString() => (LossPercent, OneWay) switch
    {
        (100, false) => $"cut: {A} - {B}",
        (100, true) => $"cut: {A} -> {B}",
        (_, false) => string.Create(CultureInfo.InvariantCulture, $"loses {LossPercent} %: {A} - {B}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"loses {LossPercent} %: {A} -> {B}"),
    };
}
