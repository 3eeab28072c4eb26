using Mesh.Silo.Configuration;

namespace Mesh.Silo.Identity;

/// <summary>
/// The issuer in use. A change of the files is taken over as a whole by <see cref="Reload"/>; files that do not fit together (a mount
/// being replaced, a wrong key) leave the one in use.
/// </summary>
internal sealed class IssuerStore
{
    private readonly SiloOptions _options;
    private readonly TimeProvider _time;
    private volatile IssuerSnapshot _current;
    private (string Certificate, string Key, string Anchors) _texts;

    /// <exception cref="IssuerException">The files cannot be used.</exception>
    public IssuerStore(SiloOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _texts = ReadTexts();
        _current = Parse(_texts);
    }

    public IssuerSnapshot Current => _current;

    /// <summary>Reads the files again. Not for concurrent calls.</summary>
    /// <returns>True when they have changed and are now in use.</returns>
    /// <exception cref="IssuerException">They have changed and cannot be used; what was in use still is.</exception>
    public bool Reload()
    {
        var texts = ReadTexts();
        if (texts == _texts)
        {
            return false;
        }
        _current = Parse(texts);
        _texts = texts;
        return true;
    }

    private IssuerSnapshot Parse((string Certificate, string Key, string Anchors) texts) =>
        IssuerFiles.Read(texts.Certificate, texts.Key, texts.Anchors, _time.GetUtcNow());

    private (string Certificate, string Key, string Anchors) ReadTexts()
    {
        try
        {
            return (File.ReadAllText(_options.IssuerCertificatePath), File.ReadAllText(_options.IssuerKeyPath),
                File.ReadAllText(_options.TrustAnchorsPath));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IssuerException($"Cannot read the issuer's files: {e.Message} Are the Secret and the ConfigMap mounted?", e);
        }
    }
}
