namespace Orleans.Runtime;

/// <summary>Something that can be called from elsewhere: a grain, an observer, a reference to either.</summary>
public interface IAddressable;
