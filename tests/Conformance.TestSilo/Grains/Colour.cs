namespace Mesh.Conformance.TestSilo.Grains;

public enum Colour
{
    Red,
    Green,
}
