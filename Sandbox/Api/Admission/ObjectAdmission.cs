using System.Text.Json.Nodes;
using Mesh.Sandbox.Api.Json;
using Mesh.Sandbox.Api.Schemas;
using Mesh.Sandbox.Api.Storage;
using Mesh.Sandbox.Api.Types;
using Mesh.Sandbox.Api.Validation;

namespace Mesh.Sandbox.Api.Admission;

/// <summary>Everything between a client's object and the stored one: unknown fields, defaults, allocated addresses, validation.</summary>
internal sealed class ObjectAdmission
{
    private readonly ResourceStore _store;
    private readonly ServiceAddresses _addresses;
    private readonly TimeProvider _time;

    public ObjectAdmission(ResourceStore store, ServiceAddresses addresses, TimeProvider time)
    {
        _store = store;
        _addresses = addresses;
        _time = time;
    }

    /// <summary>Brings <paramref name="body"/> into its final form or refuses it. Called under the store's lock.</summary>
    /// <exception cref="ApiException">The object is refused.</exception>
    public void Admit(
        ResourceType type, string version, JsonObject body, JsonObject? previous, WriteOptions options, string subresource = "")
    {
        var name = body.Text("metadata", "name") ?? "";
        if (type.IsCustom)
        {
            AdmitCustom(type, version, body, name, options);
            return;
        }
        if (BuiltInSchema.MessageOf(type.ApiVersion(version), type.Kind) is { } message)
        {
            var unknown = new List<string>();
            BuiltInFields.Prune(message, body, unknown);
            ReportUnknown(type, version, unknown, options);
        }
        RefuseInvalid(type, name, MetadataValidation.Check(type, body));
        if (type.Key == "pods" && previous is null)
        {
            AdmitPod(type, body, name);
        }
        ObjectDefaults.Apply(type.Key, body);
        RefuseInvalid(type, name, ObjectValidation.Check(type.Key, body, previous));
        if (type.Key == "services" && subresource.Length == 0)
        {
            _addresses.Assign(type, body, previous);
        }
        if (type.Key == "customresourcedefinitions.apiextensions.k8s.io")
        {
            DefinitionStatus.Fill(body, _time.GetUtcNow());
        }
    }

    private static void AdmitCustom(ResourceType type, string version, JsonObject body, string name, WriteOptions options)
    {
        var custom = type.Custom[version];
        if (custom.DeprecationWarning is { } warning)
        {
            options.Warnings.Add(warning);
        }
        if (custom.Schema is { } schema)
        {
            var unknown = new List<string>();
            SchemaPruning.Prune(schema, body, unknown);
            ReportUnknown(type, version, unknown, options);
            SchemaDefaults.Apply(schema, body);
            RefuseInvalid(type, name, [.. MetadataValidation.Check(type, body), .. new SchemaValidator().Validate(schema, body)]);
            return;
        }
        RefuseInvalid(type, name, MetadataValidation.Check(type, body));
    }

    private static void ReportUnknown(ResourceType type, string version, List<string> unknown, WriteOptions options)
    {
        if (unknown.Count > 0 && options.FieldValidation == "Strict")
        {
            var list = string.Join(", ", unknown.Select(field => $"unknown field \"{field}\""));
            throw ApiErrors.BadRequest(
                $"{type.Kind} in version \"{version}\" cannot be handled as a {type.Kind}: strict decoding error: {list}");
        }
        if (options.FieldValidation == "Warn")
        {
            options.Warnings.AddRange(unknown.Select(field => $"unknown field \"{field}\""));
        }
    }

    private void AdmitPod(ResourceType type, JsonObject pod, string name)
    {
        PodDefaults.ApplyToPod(pod);
        var ns = pod.Text("metadata", "namespace")!;
        var account = pod.Text("spec", "serviceAccountName")!;
        if (_store.Get("serviceaccounts", ns, account) is not { } found)
        {
            throw ApiErrors.Forbidden(type, name,
                $"error looking up service account {ns}/{account}: serviceaccount \"{account}\" not found");
        }
        if (found.Json.Flag("automountServiceAccountToken") != false || pod.Flag("spec", "automountServiceAccountToken") == true)
        {
            PodDefaults.MountApiAccess(pod, RandomSuffix.Next());
        }
    }

    private static void RefuseInvalid(ResourceType type, string name, IReadOnlyCollection<FieldError> errors)
    {
        if (errors.Count > 0)
        {
            throw ApiErrors.Invalid(type, name, errors);
        }
    }
}
