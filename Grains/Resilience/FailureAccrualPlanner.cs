using System.Globalization;
using Mesh.Interfaces.NodeSession;

namespace Mesh.Grains.Resilience;

/// <summary>What the annotations balancer.linkerd.io/failure-accrual* say: circuit breaking by consecutive failures.</summary>
internal static class FailureAccrualPlanner
{
    private const uint DefaultMaxFailures = 7;
    private const uint DefaultMinPenalty = 1_000;
    private const uint DefaultMaxPenalty = 60_000;
    private const double DefaultJitter = 0.5;

    /// <summary>More is refused by Linkerd, too.</summary>
    private const double MaxJitter = 100;

    /// <returns>Null when no endpoint is ever taken out of use.</returns>
    public static FailureAccrual? Plan(AnnotationReader annotations)
    {
        var mode = annotations.Text(ResilienceAnnotations.FailureAccrual);
        if (mode is null)
        {
            foreach (var parameter in annotations.Keys.Where(IsParameter).ToList())
            {
                annotations.Refuse(
                    parameter, $"it has no effect without {ResilienceAnnotations.FailureAccrual}. Set that to 'consecutive' or remove this.");
            }
            return null;
        }
        if (mode == "unified")
        {
            annotations.Refuse(
                ResilienceAnnotations.FailureAccrual,
                "mode 'unified' is not supported; 'consecutive' is used with the same parameters, and success rates are not looked at.");
        }
        else if (mode != "consecutive")
        {
            annotations.Refuse(
                ResilienceAnnotations.FailureAccrual, $"mode '{mode}' is unknown, so there is no circuit breaking. Write 'consecutive'.");
            return null;
        }
        var minPenalty = Penalty(annotations, ResilienceAnnotations.MinPenalty) ?? DefaultMinPenalty;
        var maxPenalty = Penalty(annotations, ResilienceAnnotations.MaxPenalty) ?? DefaultMaxPenalty;
        if (minPenalty > maxPenalty)
        {
            annotations.Refuse(
                ResilienceAnnotations.MinPenalty,
                $"the least penalty ({minPenalty} ms) exceeds the greatest ({maxPenalty} ms); {DefaultMinPenalty} ms and "
                    + $"{DefaultMaxPenalty} ms are used instead. Set both.");
            (minPenalty, maxPenalty) = (DefaultMinPenalty, DefaultMaxPenalty);
        }
        return new FailureAccrual
        {
            MaxFailures = annotations.Number(ResilienceAnnotations.MaxFailures, 1, int.MaxValue) ?? DefaultMaxFailures,
            MinPenaltyMs = minPenalty,
            MaxPenaltyMs = maxPenalty,
            JitterRatio = Jitter(annotations),
        };
    }

    private static uint? Penalty(AnnotationReader annotations, string annotation)
    {
        var penalty = annotations.Duration(annotation);
        if (penalty == 0)
        {
            annotations.Refuse(annotation, "a penalty of 0 is none; the default is used. Write a duration such as 500ms.");
            return null;
        }
        return penalty;
    }

    private static double Jitter(AnnotationReader annotations)
    {
        if (annotations.Text(ResilienceAnnotations.JitterRatio) is not { } text)
        {
            return DefaultJitter;
        }
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var ratio) && ratio is >= 0 and <= MaxJitter)
        {
            return ratio;
        }
        annotations.Refuse(
            ResilienceAnnotations.JitterRatio,
            string.Create(CultureInfo.InvariantCulture, $"'{text}' is no number from 0 to {MaxJitter}; {DefaultJitter} is used."));
        return DefaultJitter;
    }

    private static bool IsParameter(string annotation) =>
        annotation is ResilienceAnnotations.MaxFailures or ResilienceAnnotations.MinPenalty or ResilienceAnnotations.MaxPenalty
            or ResilienceAnnotations.JitterRatio;
}
