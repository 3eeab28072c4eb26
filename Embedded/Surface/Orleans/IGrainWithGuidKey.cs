using Orleans.Runtime;

namespace Orleans;

/// <summary>A grain interface whose grains are named by GUIDs.</summary>
public interface IGrainWithGuidKey : IGrain, IAddressable;
