using Orleans.Embedded.Catalog;
using Orleans.Runtime;

namespace Orleans.Embedded.Calls;

internal sealed class GrainFactory(
    IServiceProvider services, GrainCatalog catalog, ReferenceFactory references, ObserverTable observers) : IClusterClient
{
    public IServiceProvider ServiceProvider => services;

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        ArgumentException.ThrowIfNullOrEmpty(primaryKey);
        return (TGrainInterface)Get(typeof(TGrainInterface), IdSpan.Create(primaryKey), grainClassNamePrefix);
    }

    public TGrainInterface GetGrain<TGrainInterface>(Guid primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithGuidKey =>
        (TGrainInterface)Get(typeof(TGrainInterface), GrainIdKeyExtensions.CreateGuidKey(primaryKey), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithIntegerKey =>
        (TGrainInterface)Get(typeof(TGrainInterface), GrainIdKeyExtensions.CreateIntegerKey(primaryKey), grainClassNamePrefix);

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable => (TGrainInterface)references.Typed(grainId, typeof(TGrainInterface));

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey)
    {
        ArgumentException.ThrowIfNullOrEmpty(grainPrimaryKey);
        return (IGrain)Get(grainInterfaceType, IdSpan.Create(grainPrimaryKey), null);
    }

    public TGrainObserverInterface CreateObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        ArgumentNullException.ThrowIfNull(obj);
        if (obj is GrainReference or IGrainBase || obj is not TGrainObserverInterface)
        {
            throw new ArgumentException(
                $"{obj.GetType()} cannot be made an observer reference: it has to be an ordinary object that implements {typeof(TGrainObserverInterface)}.",
                nameof(obj));
        }
        var grainInterface = catalog.Interface(typeof(TGrainObserverInterface));
        return (TGrainObserverInterface)references.Typed(observers.Add(obj), grainInterface.Type);
    }

    public void DeleteObjectReference<TGrainObserverInterface>(IGrainObserver obj)
        where TGrainObserverInterface : IGrainObserver
    {
        if (obj is not GrainReference reference || ObserverTable.SiloOf(reference.GrainId) is null)
        {
            throw new ArgumentException("Pass the reference that CreateObjectReference returned.", nameof(obj));
        }
        observers.Remove(reference.GrainId);
    }

    private object Get(Type interfaceType, IdSpan key, string? classNamePrefix) =>
        references.Typed(GrainId.Create(catalog.Implementation(interfaceType, classNamePrefix).GrainType, key), interfaceType);
}
