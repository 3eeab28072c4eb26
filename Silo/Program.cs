using Mesh.Silo.ClusterState;
using Mesh.Silo.Configuration;
using Mesh.Silo.Health;
using Mesh.Silo.Hosting;
using Mesh.Silo.Identity;
using Mesh.Silo.NodeSessions;
using Mesh.Silo.Tokens;
using Mesh.Silo.Upkeep;
using Mesh.Silo.Viz;
using Mesh.Silo.Writing;

return await SiloLifetime.RunAsync(() =>
{
    var builder = WebApplication.CreateSlimBuilder();
    builder.AddSiloConfiguration(args);
    builder.AddSiloLogging();
    builder.AddHealth();
    builder.AddIdentity();
    builder.AddTokens();
    builder.AddClusterState();
    builder.AddWriting();
    builder.AddOrleans();
    builder.AddUpkeep();
    builder.AddNodeSessions();
    builder.AddViz();

    var app = builder.Build();
    app.UseHealth();
    app.UseNodeSessions();
    app.UseEngineDashboard();
    app.UseViz();
    return app;
});
