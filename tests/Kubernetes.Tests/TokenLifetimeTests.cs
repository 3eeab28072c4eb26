using System.Buffers.Text;
using System.Text;
using Mesh.Kubernetes.Tokens;

namespace Mesh.Kubernetes.Tests;

public sealed class TokenLifetimeTests
{
    [Theory]
    [InlineData("""{"iat":1767225600,"exp":1767312000}""")]
    [InlineData("""{"exp":1767312000.0,"iat":1767225600,"aud":["x"]}""")]
    public void Read_ServiceAccountToken_SaysFromWhenUntilWhen(string claims)
    {
        var life = TokenLifetime.Read(Token(claims));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), life!.Value.Issued);
        Assert.Equal(TimeSpan.FromDays(1), life.Value.Length);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"iat":1767225600}""")]
    [InlineData("""{"iat":"1767225600","exp":"1767312000"}""")]
    [InlineData("""{"iat":1767312000,"exp":1767225600}""")]
    [InlineData("""{"iat":1,"exp":1e300}""")]
    [InlineData("[1,2]")]
    [InlineData("nonsense")]
    public void Read_TokenThatDoesNotSay_IsNull(string claims) => Assert.Null(TokenLifetime.Read(Token(claims)));

    [Theory]
    [InlineData("")]
    [InlineData("opaque")]
    [InlineData("a.b")]
    [InlineData("a.$$$.c")]
    [InlineData("a.b.c.d")]
    public void Read_NoJsonWebToken_IsNull(string token) => Assert.Null(TokenLifetime.Read(token));

    private static string Token(string claims) => $"e30.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}.signature";
}
