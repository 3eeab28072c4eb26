namespace Mesh.Embedded.TestSilo.Grains;

public enum Colour
{
    Red,
    Green,
}
