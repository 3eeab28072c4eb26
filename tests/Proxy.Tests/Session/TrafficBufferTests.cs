using Mesh.Interfaces.NodeSession;
using Mesh.Proxy.Session;

namespace Mesh.Proxy.Tests.Session;

public sealed class TrafficBufferTests
{
    [Fact]
    public void Add_SameSeries_AddsCountersAndKeepsTheLaterGauge()
    {
        var buffer = new TrafficBuffer();
        buffer.Add(Report(success: 1, open: 5, latencies: [1, 0]));

        buffer.Add(Report(success: 2, open: 3, latencies: [0, 2, 1]));

        var series = Assert.Single(buffer.Take().Series);
        Assert.Equal((3ul, 3ul), (series.Success, series.ConnectionsOpen));
        Assert.Equal([1ul, 2ul, 1ul], series.LatencyCounts);
        Assert.Empty(buffer.Take().Series);
    }

    [Fact]
    public void Add_ReportThatComesBack_DoesNotOverwriteTheGauge()
    {
        var buffer = new TrafficBuffer();
        buffer.Add(Report(success: 1, open: 5, latencies: []));
        var unsent = buffer.Take();
        buffer.Add(Report(success: 1, open: 7, latencies: []));

        buffer.Add(unsent, earlier: true);

        var series = Assert.Single(buffer.Take().Series);
        Assert.Equal((2ul, 7ul), (series.Success, series.ConnectionsOpen));
    }

    [Fact]
    public void Add_DifferentLabels_StayApart()
    {
        var buffer = new TrafficBuffer();
        buffer.Add(new TrafficReport { Series = { new TrafficSeries { Pod = "a" }, new TrafficSeries { Pod = "a", Tls = true } } });

        Assert.Equal(2, buffer.Take().Series.Count);
    }

    [Fact]
    public void Add_MoreSeriesThanThereIsRoomFor_DropsAndCountsThem()
    {
        var buffer = new TrafficBuffer();
        for (var i = 0; i < TrafficBuffer.MaximumSeries + 10; i++)
        {
            buffer.Add(new TrafficReport { Series = { new TrafficSeries { Pod = $"p{i}", Success = 1 } } });
        }

        Assert.Equal((TrafficBuffer.MaximumSeries, 10L), (buffer.Count, buffer.Dropped));
        var sent = 0;
        for (var report = buffer.Take(); report.Series.Count > 0; report = buffer.Take())
        {
            Assert.True(report.CalculateSize() < MessageFraming.MaximumLength);
            sent += report.Series.Count;
        }
        Assert.Equal(TrafficBuffer.MaximumSeries, sent);
    }

    private static TrafficReport Report(ulong success, ulong open, ulong[] latencies) => new()
    {
        Series = { new TrafficSeries { Pod = "bb-1", Success = success, ConnectionsOpen = open, LatencyCounts = { latencies } } },
    };
}
