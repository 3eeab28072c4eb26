namespace Mesh.Proxy.Tests.Http2.Hpack;

/// <summary>The examples of RFC 7541 appendix C: blocks that follow each other on one connection, and what they decode to.</summary>
internal static class HpackVectors
{
    private const string FirstRequest = ":method: GET|:scheme: http|:path: /|:authority: www.example.com";
    private const string SecondRequest = FirstRequest + "|cache-control: no-cache";

    private const string ThirdRequest =
        ":method: GET|:scheme: https|:path: /index.html|:authority: www.example.com|custom-key: custom-value";

    private const string FirstResponse =
        ":status: 302|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 GMT|location: https://www.example.com";

    private const string SecondResponse =
        ":status: 307|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 GMT|location: https://www.example.com";

    private const string ThirdResponse =
        ":status: 200|cache-control: private|date: Mon, 21 Oct 2013 20:13:22 GMT|location: https://www.example.com|content-encoding: gzip"
        + "|set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";

    /// <summary>Each with the table size the examples assume, the blocks in hexadecimal, and the table's size after each.</summary>
    public static readonly (string Section, int TableSize, (string Block, string Fields, int TableSize)[] Blocks)[] All =
    [
        ("C.2.1", 4096, [("400a637573746f6d2d6b65790d637573746f6d2d686561646572", "custom-key: custom-header", 55)]),
        ("C.2.2", 4096, [("040c2f73616d706c652f70617468", ":path: /sample/path", 0)]),
        ("C.2.3", 4096, [("100870617373776f726406736563726574", "password: secret", 0)]),
        ("C.2.4", 4096, [("82", ":method: GET", 0)]),
        ("C.3", 4096,
        [
            ("828684410f7777772e6578616d706c652e636f6d", FirstRequest, 57),
            ("828684be58086e6f2d6361636865", SecondRequest, 110),
            ("828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565", ThirdRequest, 164),
        ]),
        ("C.4", 4096,
        [
            ("828684418cf1e3c2e5f23a6ba0ab90f4ff", FirstRequest, 57),
            ("828684be5886a8eb10649cbf", SecondRequest, 110),
            ("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf", ThirdRequest, 164),
        ]),
        ("C.5", 256,
        [
            ("4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f"
                + "7777772e6578616d706c652e636f6d",
                FirstResponse, 222),
            ("4803333037c1c0bf", SecondResponse, 222),
            ("88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b42"
                + "5a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
                ThirdResponse, 215),
        ]),
        ("C.6", 256,
        [
            ("488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
                FirstResponse, 222),
            ("4883640effc1c0bf", SecondResponse, 222),
            ("88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f"
                + "3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
                ThirdResponse, 215),
        ]),
    ];
}
