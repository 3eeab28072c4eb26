using System.Globalization;
using System.Text.Json;

namespace Mesh.Conformance.TestSilo;

/// <summary>A membership table in a file, for silos of several processes on one machine. Whoever has the file open has it alone.</summary>
internal sealed class MicrosoftFileTable(string path) : IMembershipTable
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(5);

    public Task InitializeMembershipTable(bool tryInitTableVersion) => Task.CompletedTask;

    public Task DeleteMembershipTableEntries(string clusterId) => ChangeAsync(table =>
    {
        table.Rows.Clear();
        return true;
    });

    public Task CleanupDefunctSiloEntries(DateTimeOffset beforeDate) => ChangeAsync(table =>
        table.Rows.RemoveAll(row => row.Status == SiloStatus.Dead && row.IAmAliveTime < beforeDate.UtcDateTime) > 0);

    public async Task<MembershipTableData> ReadRow(SiloAddress key)
    {
        var table = await ReadAsync();
        return table.ToData(table.Rows.Where(row => row.Address == key.ToParsableString()));
    }

    public async Task<MembershipTableData> ReadAll()
    {
        var table = await ReadAsync();
        return table.ToData(table.Rows);
    }

    public Task<bool> InsertRow(MembershipEntry entry, TableVersion tableVersion) => ChangeAsync(table =>
    {
        if (table.Etag != tableVersion.VersionEtag || table.Find(entry.SiloAddress) >= 0)
        {
            return false;
        }
        table.Version = tableVersion.Version;
        table.Rows.Add(Row.Of(entry, table.Etag));
        return true;
    });

    public Task<bool> UpdateRow(MembershipEntry entry, string etag, TableVersion tableVersion) => ChangeAsync(table =>
    {
        var index = table.Find(entry.SiloAddress);
        if (table.Etag != tableVersion.VersionEtag || index < 0 || table.Rows[index].Etag != etag)
        {
            return false;
        }
        table.Version = tableVersion.Version;
        table.Rows[index] = Row.Of(entry, table.Etag);
        return true;
    });

    public Task UpdateIAmAlive(MembershipEntry entry) => ChangeAsync(table =>
    {
        if (table.Find(entry.SiloAddress) is >= 0 and var index)
        {
            table.Rows[index] = table.Rows[index] with { IAmAliveTime = entry.IAmAliveTime };
        }
        return true;
    });

    private async Task<Table> ReadAsync()
    {
        await using var file = await OpenAsync();
        return await ReadAsync(file);
    }

    private async Task<bool> ChangeAsync(Func<Table, bool> change)
    {
        await using var file = await OpenAsync();
        var table = await ReadAsync(file);
        if (!change(table))
        {
            return false;
        }
        file.SetLength(0);
        await JsonSerializer.SerializeAsync(file, table);
        return true;
    }

    private async Task<FileStream> OpenAsync()
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(Retry, TimeProvider.System);
            }
        }
    }

    private static async Task<Table> ReadAsync(FileStream file)
    {
        var table = file.Length == 0 ? new Table() : await JsonSerializer.DeserializeAsync<Table>(file);
        file.Position = 0;
        return table!;
    }

    private sealed class Table
    {
        public int Version { get; set; }

        public List<Row> Rows { get; set; } = [];

        public string Etag => Version.ToString(CultureInfo.InvariantCulture);

        public int Find(SiloAddress silo) => Rows.FindIndex(row => row.Address == silo.ToParsableString());

        public MembershipTableData ToData(IEnumerable<Row> rows) => new(
            [.. rows.Select(row => Tuple.Create(row.ToEntry(), row.Etag))], new TableVersion(Version, Etag));
    }

    private sealed record Row(
        string Address, SiloStatus Status, string SiloName, string HostName, DateTime StartTime, DateTime IAmAliveTime, string Etag,
        Dictionary<string, DateTime> Votes)
    {
        public static Row Of(MembershipEntry entry, string etag) => new(
            entry.SiloAddress.ToParsableString(), entry.Status, entry.SiloName, entry.HostName, entry.StartTime, entry.IAmAliveTime, etag,
            (entry.SuspectTimes ?? []).GroupBy(vote => vote.Item1.ToParsableString()).ToDictionary(g => g.Key, g => g.Last().Item2));

        public MembershipEntry ToEntry() => new()
        {
            SiloAddress = SiloAddress.FromParsableString(Address),
            Status = Status,
            SiloName = SiloName,
            HostName = HostName,
            StartTime = StartTime,
            IAmAliveTime = IAmAliveTime,
            SuspectTimes = [.. Votes.Select(vote => Tuple.Create(SiloAddress.FromParsableString(vote.Key), vote.Value))],
        };
    }
}
