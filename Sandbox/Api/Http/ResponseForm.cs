namespace Mesh.Sandbox.Api.Http;

/// <summary>In which form a client wants its answer, from its Accept header.</summary>
internal enum ResponseForm
{
    /// <summary>The objects themselves.</summary>
    Json,

    /// <summary>Rows for people, as kubectl asks for.</summary>
    Table,

    /// <summary>Only metadata.</summary>
    PartialMetadata,
}
