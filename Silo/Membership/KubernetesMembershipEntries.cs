using System.Globalization;
using System.Net;
using Mesh.Kubernetes.Resources;
using Orleans.Runtime;

namespace Mesh.Silo.Membership;

/// <summary>Orleans' membership entries as rows of a <see cref="SiloTable"/>, and back.</summary>
internal static class KubernetesMembershipEntries
{
    public static string RowName(SiloAddress silo) => SiloRowName.Of(silo.Endpoint, silo.Generation);

    /// <param name="entry">What Orleans says.</param>
    /// <param name="cluster">The Kubernetes cluster of that silo; null: as the table has it.</param>
    public static OrleansSiloSpec ToRow(MembershipEntry entry, string? cluster) => new()
    {
        Address = entry.SiloAddress.Endpoint.ToString(),
        Generation = entry.SiloAddress.Generation,
        SiloName = entry.SiloName,
        Cluster = cluster,
        Status = entry.Status.ToString(),
        HostName = entry.HostName,
        RoleName = entry.RoleName,
        ProxyPort = entry.ProxyPort,
        UpdateZone = entry.UpdateZone,
        FaultZone = entry.FaultZone,
        StartTime = Time(entry.StartTime),
        IAmAliveTime = Time(entry.IAmAliveTime),
        SuspectTimes =
        [
            .. (entry.SuspectTimes ?? []).Select(s => new OrleansSuspicion { Silo = s.Item1.ToParsableString(), Time = Time(s.Item2) }),
        ],
    };

    /// <returns>The entry, and its row's version as the etag.</returns>
    /// <exception cref="FormatException">Somebody has written something into the row that is none.</exception>
    public static Tuple<MembershipEntry, string> FromRow(OrleansSiloSpec row)
    {
        var entry = new MembershipEntry
        {
            SiloAddress = SiloAddress.New(IPEndPoint.Parse(row.Address), row.Generation),
            SiloName = row.SiloName ?? "",
            Status = Enum.TryParse<SiloStatus>(row.Status, out var status)
                ? status
                : throw new FormatException($"The silo {SiloRowName.Of(row)} in the membership table has no status Orleans knows: '{row.Status}'."),
            HostName = row.HostName ?? "",
            RoleName = row.RoleName,
            ProxyPort = row.ProxyPort ?? 0,
            UpdateZone = row.UpdateZone ?? 0,
            FaultZone = row.FaultZone ?? 0,
            StartTime = row.StartTime?.UtcDateTime ?? default,
            IAmAliveTime = row.IAmAliveTime?.UtcDateTime ?? default,
            SuspectTimes = [.. row.SuspectTimes.Select(s => Tuple.Create(SiloAddress.FromParsableString(s.Silo), s.Time.UtcDateTime))],
        };
        return Tuple.Create(entry, row.Version.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Orleans' times are UTC whatever their kind says.</summary>
    public static DateTimeOffset Time(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
