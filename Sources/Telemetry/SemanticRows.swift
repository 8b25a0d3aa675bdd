extension MetricsPage {
    /// What was judged, and which models were asked; without either there are no lines.
    static func writeSemantics(_ sum: Snapshot, to page: inout Exposition) {
        if sum[.semanticDecisions] > 0 {
            let answered = sum[.semanticAnswered]
            page.family(MetricNames.semanticDecisions)
            page.sample(MetricNames.semanticDecisions, [("tier", "builtin")], sum[.semanticDecisions] - answered)
            page.sample(MetricNames.semanticDecisions, [("tier", "further")], answered)
            page.family(MetricNames.semanticUnanswered)
            page.sample(MetricNames.semanticUnanswered, [], sum[.semanticAsked] - answered)
            page.family(MetricNames.semanticUnknown)
            page.sample(MetricNames.semanticUnknown, [], sum[.semanticUnknown])
        }
        if sum[.modelsChosen] > 0 {
            page.family(MetricNames.modelsChosen)
            page.sample(MetricNames.modelsChosen, [], sum[.modelsChosen])
        }
        if sum[.modelRepeats] + sum[.modelFallbacks] > 0 {
            page.family(MetricNames.modelTries)
            page.sample(MetricNames.modelTries, [("step", "again")], sum[.modelRepeats])
            page.sample(MetricNames.modelTries, [("step", "next")], sum[.modelFallbacks])
        }
    }
}
