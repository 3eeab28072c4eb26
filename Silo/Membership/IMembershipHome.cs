namespace Mesh.Silo.Membership;

/// <summary>The cluster whose API keeps the membership.</summary>
internal interface IMembershipHome
{
    /// <summary>How to reach it now. Ask for each request: address and authority may change.</summary>
    /// <exception cref="InvalidOperationException">It is not known yet which cluster it is.</exception>
    HomeConnection Connection { get; }

    /// <summary>Told after each request.</summary>
    /// <param name="problem">What went wrong; null: its API answered, even if with a no.</param>
    void Report(string? problem);
}
