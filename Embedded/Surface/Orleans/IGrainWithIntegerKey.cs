using Orleans.Runtime;

namespace Orleans;

/// <summary>A grain interface whose grains are named by 64-bit integers.</summary>
public interface IGrainWithIntegerKey : IGrain, IAddressable;
