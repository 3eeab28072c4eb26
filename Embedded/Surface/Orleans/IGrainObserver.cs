using Orleans.Runtime;

namespace Orleans;

/// <summary>An interface of ordinary objects that grains call back; see <see cref="IGrainFactory.CreateObjectReference"/>.</summary>
public interface IGrainObserver : IAddressable;
