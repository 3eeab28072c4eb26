namespace Mesh.Silo.Liveness;

/// <inheritdoc cref="ISiloPulse"/>
internal sealed class SiloPulse(GrainId id, Orleans.Runtime.Silo silo, ILoggerFactory loggers) : GrainService(id, silo, loggers), ISiloPulse
{
    public ValueTask Beat() => default;
}
