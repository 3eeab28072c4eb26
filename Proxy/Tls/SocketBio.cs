using System.Runtime.InteropServices;
using Mesh.Proxy.Reactor;

namespace Mesh.Proxy.Tls;

/// <summary>
/// Lets OpenSSL read and write a socket directly. Unlike OpenSSL's own socket BIO it first gives out what was read before TLS was
/// recognised, and skips a recv that must return EAGAIN because the one before came back short.
/// </summary>
internal static unsafe class SocketBio
{
    private static readonly nint Method = CreateMethod();

    /// <summary>What the callbacks share with a <see cref="TlsSession"/>, which owns it and frees it after its SSL object.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct State
    {
        public int Fd;
        public int Drained;
        public int HungUp;
        public int EndOfStream;
        public byte* Received;
        public int ReceivedLength;
        public int ReceivedOffset;
        public long BytesRead;
        public long BytesWritten;

        /// <summary>An SSL_SESSION that came and is to be kept, or 0. Owned by the TlsSession.</summary>
        public nint Ticket;
        public int WantsTicket;

        /// <summary>Another record follows at once: the kernel may wait for it and send both together.</summary>
        public int HasMore;

        /// <summary>TLS messages beside data since the handshake.</summary>
        public int Messages;

        /// <summary>They were too many: nothing more is read.</summary>
        public int IsFlooded;
    }

    /// <returns>A BIO, owned by the SSL object it is given to.</returns>
    public static nint Create(State* state)
    {
        var bio = OpenSsl.BIO_new(Method);
        OpenSsl.BIO_set_data(bio, (nint)state);
        OpenSsl.BIO_set_init(bio, 1);
        return bio;
    }

    private static nint CreateMethod()
    {
        fixed (byte* name = "mesh\0"u8)
        {
            var method = OpenSsl.BIO_meth_new(OpenSsl.BIO_get_new_index() | OpenSsl.BioTypeSourceSink, name);
            _ = OpenSsl.BIO_meth_set_read(method, &Read);
            _ = OpenSsl.BIO_meth_set_write(method, &Write);
            _ = OpenSsl.BIO_meth_set_ctrl(method, &Control);
            return method;
        }
    }

    [UnmanagedCallersOnly]
    private static int Read(nint bio, byte* buffer, int length)
    {
        var state = (State*)OpenSsl.BIO_get_data(bio);
        OpenSsl.BIO_clear_flags(bio, OpenSsl.BioAllFlags);
        if (state->ReceivedOffset < state->ReceivedLength)
        {
            var count = Math.Min(length, state->ReceivedLength - state->ReceivedOffset);
            Buffer.MemoryCopy(state->Received + state->ReceivedOffset, buffer, length, count);
            state->ReceivedOffset += count;
            return count;
        }
        if (state->IsFlooded != 0)
        {
            return -1;
        }
        if (state->Drained != 0)
        {
            OpenSsl.BIO_set_flags(bio, OpenSsl.BioShouldRead | OpenSsl.BioShouldRetry);
            return -1;
        }
        var received = Libc.recv(state->Fd, buffer, length, 0);
        if (received > 0)
        {
            state->BytesRead += received;
            // Once the peer has ended its stream a short read does not mean drained: the end must still be read.
            state->Drained = received < length && state->HungUp == 0 ? 1 : 0;
            return (int)received;
        }
        if (received == 0)
        {
            state->EndOfStream = 1;
            return 0;
        }
        if (Marshal.GetLastSystemError() is Libc.EAgain or Libc.EIntr)
        {
            state->Drained = 1;
            OpenSsl.BIO_set_flags(bio, OpenSsl.BioShouldRead | OpenSsl.BioShouldRetry);
        }
        return -1;
    }

    [UnmanagedCallersOnly]
    private static int Write(nint bio, byte* data, int length)
    {
        var state = (State*)OpenSsl.BIO_get_data(bio);
        OpenSsl.BIO_clear_flags(bio, OpenSsl.BioAllFlags);
        var sent = Libc.send(state->Fd, data, length, state->HasMore != 0 ? Libc.MsgNoSignal | Libc.MsgMore : Libc.MsgNoSignal);
        if (sent < 0 && Marshal.GetLastSystemError() is Libc.EAgain or Libc.EIntr)
        {
            OpenSsl.BIO_set_flags(bio, OpenSsl.BioShouldWrite | OpenSsl.BioShouldRetry);
        }
        else if (sent > 0)
        {
            state->BytesWritten += sent;
        }
        return (int)sent;
    }

    [UnmanagedCallersOnly]
    private static nint Control(nint bio, int command, nint number, nint pointer) => command == OpenSsl.BioCtrlFlush ? 1 : 0;
}
