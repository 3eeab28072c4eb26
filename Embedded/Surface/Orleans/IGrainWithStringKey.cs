using Orleans.Runtime;

namespace Orleans;

/// <summary>A grain interface whose grains are named by strings.</summary>
public interface IGrainWithStringKey : IGrain, IAddressable;
