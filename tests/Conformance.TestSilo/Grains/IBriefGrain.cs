namespace Mesh.Conformance.TestSilo.Grains;

/// <summary>Says nothing about how long it lives.</summary>
[Alias("test.IBriefGrain")]
public interface IBriefGrain : IGrainWithStringKey
{
    [Alias("Where")]
    Task<Whereabouts> Where();

    /// <summary>Puts off its collection.</summary>
    [Alias("Pin")]
    Task Pin(TimeSpan time);
}
