namespace Mesh.Grains.Resilience;

/// <param name="Annotation">The annotation's key.</param>
/// <param name="Message">What is wrong, what is done instead and what to write.</param>
internal sealed record AnnotationProblem(string Annotation, string Message);
