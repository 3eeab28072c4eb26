using Grpc.Core;

namespace Mesh.Sandbox.Programs.Grpc;

/// <summary>The server of <c>echo.proto</c>.</summary>
internal sealed class EchoService : Echo.EchoBase
{
    public override async Task<EchoReply> Say(EchoRequest request, ServerCallContext context)
    {
        await ObeyAsync(request, context.CancellationToken);
        return Reply(request.Text);
    }

    public override async Task Repeat(EchoRequest request, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context)
    {
        for (var i = 0; i < request.Times; i++)
        {
            await ObeyAsync(request, context.CancellationToken);
            await responseStream.WriteAsync(Reply(request.Text), context.CancellationToken);
        }
    }

    public override async Task<EchoReply> Collect(IAsyncStreamReader<EchoRequest> requestStream, ServerCallContext context)
    {
        var text = "";
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await ObeyAsync(request, context.CancellationToken);
            text += request.Text;
        }
        return Reply(text);
    }

    public override async Task Chat(
        IAsyncStreamReader<EchoRequest> requestStream, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context)
    {
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await ObeyAsync(request, context.CancellationToken);
            await responseStream.WriteAsync(Reply(request.Text), context.CancellationToken);
        }
    }

    private static EchoReply Reply(string text) => new() { Text = text, Server = Environment.MachineName };

    private static async Task ObeyAsync(EchoRequest request, CancellationToken cancellationToken)
    {
        if (request.DelayMilliseconds > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(request.DelayMilliseconds), TimeProvider.System, cancellationToken);
        }
        if (request.Status != 0)
        {
            throw new RpcException(new Status((StatusCode)request.Status, "as asked for"));
        }
    }
}
