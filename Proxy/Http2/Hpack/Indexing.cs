namespace Mesh.Proxy.Http2.Hpack;

/// <summary>Whether the encoder puts a field into the dynamic table.</summary>
internal enum Indexing : byte
{
    /// <summary>At once: its value is the same for most messages of a connection.</summary>
    AtOnce,

    /// <summary>When the same value comes a second time: values that never repeat must not flush the table.</summary>
    WhenRepeated,

    /// <summary>Its value changes with each message. One entry is made for the sake of the name, when the static table lacks it.</summary>
    NameOnly,

    /// <summary>Not at all: its value is worth guessing, and who shares the table could confirm a guess by the block's length.</summary>
    No,

    /// <summary>Not at all, and nobody after us may either (RFC 7541 section 7.1.3).</summary>
    Never,
}
