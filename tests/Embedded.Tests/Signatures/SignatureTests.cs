namespace Mesh.Embedded.Tests.Signatures;

/// <summary>
/// Holds the surface of the embedded engine to Microsoft's, so that what compiles against the one compiles against the other: every
/// public type outside Orleans.Embedded has a counterpart, every member of it a member with the same signature there.
/// </summary>
public sealed class SignatureTests : IDisposable
{
    /// <summary>What differs on purpose, with the reason.</summary>
    private static readonly Dictionary<string, string> Deliberate = new(StringComparer.Ordinal)
    {
        ["Orleans.Runtime.GrainReference: base System.Reflection.DispatchProxy"] = "references are made at run time, not generated",
        ["Orleans.Runtime.GrainReference: protected virtual System.Object? Invoke(System.Reflection.MethodInfo? targetMethod, System.Object[]? args)"]
            = "what DispatchProxy calls",
    };

    /// <summary>Interfaces that application code implements: here nothing may be missing either.</summary>
    private static readonly string[] Implemented =
    [
        "Orleans.IGrain", "Orleans.IGrainBase", "Orleans.IGrainObserver", "Orleans.IGrainWithStringKey", "Orleans.IGrainWithGuidKey",
        "Orleans.IGrainWithIntegerKey", "Orleans.Runtime.IAddressable", "Orleans.Runtime.IGrainTimer",
        "Orleans.Placement.IPlacementFilterDirector", "Orleans.Runtime.MembershipService.SiloMetadata.ISiloMetadataCache",
        "Orleans.Hosting.ISiloBuilder", "Orleans.Runtime.ILocalSiloDetails", "Orleans.IClusterClient",
    ];

    private readonly GenuineOrleans _genuine = new();

    public static IEnumerable<Type> Surface => typeof(Grain).Assembly.GetExportedTypes()
        .Where(type => !type.Namespace!.StartsWith("Orleans.Embedded", StringComparison.Ordinal));

    public void Dispose() => _genuine.Dispose();

    [Fact]
    public void Types_AllHaveACounterpart() =>
        Assert.All(Surface, type => Assert.NotNull(_genuine.Find(type.FullName!)));

    [Fact]
    public void Members_AllHaveACounterpart() => None(Surface.SelectMany(type => Differences(type.FullName!)));

    [Fact]
    public void ImplementedInterfaces_AreWhole() => None(Implemented.SelectMany(name =>
        Signature.Members(_genuine.Find(name)!).Except(Signature.Members(Ours(name))).Select(member => $"{name}: {member} is missing")));

    [Fact]
    public void Enums_HaveTheSameValues() => None(Surface.Where(type => type.IsEnum).SelectMany(type =>
        Signature.Members(_genuine.Find(type.FullName!)!).Except(Signature.Members(Ours(type.FullName!)))));

    [Fact]
    public void DeliberateDifferences_StillExist()
    {
        var found = Surface.SelectMany(type => AllDifferences(type.FullName!)).ToHashSet(StringComparer.Ordinal);
        Assert.Superset(Deliberate.Keys.ToHashSet(), found);
    }

    private static void None(IEnumerable<string> differences)
    {
        var text = string.Join(Environment.NewLine, differences);
        Assert.True(text.Length == 0, text);
    }

    private IEnumerable<string> Differences(string name) => AllDifferences(name).Where(difference => !Deliberate.ContainsKey(difference));

    private IEnumerable<string> AllDifferences(string name)
    {
        if (_genuine.Find(name) is not { } theirs)
        {
            yield break;
        }
        var ours = Ours(name);
        if (Signature.Kind(ours) != Signature.Kind(theirs))
        {
            yield return $"{name}: is {Signature.Kind(ours)}, should be {Signature.Kind(theirs)}";
        }
        if (Signature.Usage(ours) != Signature.Usage(theirs))
        {
            yield return $"{name}: has usage {Signature.Usage(ours)}, should have {Signature.Usage(theirs)}";
        }
        if (ours.BaseType is { } ourBase && theirs.BaseType is { } theirBase && Signature.Name(ourBase) != Signature.Name(theirBase))
        {
            yield return $"{name}: base {Signature.Name(ourBase)}";
        }
        foreach (var extra in ours.GetInterfaces().Select(Signature.Name).Except(theirs.GetInterfaces().Select(Signature.Name)))
        {
            yield return $"{name}: implements {extra}";
        }
        foreach (var member in Signature.Members(ours).Except(Signature.Members(theirs)))
        {
            yield return $"{name}: {member}";
        }
    }

    private Type Ours(string name) => _genuine.Embedded.GetType(name, throwOnError: true)!;
}
