namespace Orleans;

/// <summary>The grain factory of a process; a silo has one in its services.</summary>
public interface IClusterClient : IGrainFactory
{
    IServiceProvider ServiceProvider { get; }
}
