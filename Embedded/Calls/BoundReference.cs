using System.Reflection;
using Orleans.Runtime;

namespace Orleans.Embedded.Calls;

/// <summary>The base of the reference types that <see cref="DispatchProxy"/> makes; it insists on a public constructor.</summary>
internal class BoundReference : GrainReference;
