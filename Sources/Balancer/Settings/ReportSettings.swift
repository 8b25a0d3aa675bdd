package import Settings

/// The key `agents.loadReport`: where an agent's own word of its load is taken from.
package struct ReportSettings: Section {
    package var header = true
    package var health = true
    package var expose = false
    package var prometheus = PrometheusSettings()

    package init() {}

    package static let keys: [Key<ReportSettings>] = [
        .value(
            "header", \.header,
            "the header `endpoint-load-metrics` of answers is read (`TEXT`, `JSON`, `BIN`: an ORCA report)"),
        .value(
            "health", \.health,
            "the body of health answers is read: `{\"cpu\", \"memory\", \"queue_depth\"}`, at the top or in `load` or "
                + "`metrics`; cpu and memory from 0 to 1, or as `cpu_percent` and `memory_percent` from 0 to 100"),
        .value("expose", \.expose, "clients get `endpoint-load-metrics` as well"),
        .section("prometheus", \.prometheus, "the agents' Prometheus pages"),
    ]
}

/// The key `agents.loadReport.prometheus`: pages of the agents that are asked for, and what is looked for in them.
package struct PrometheusSettings: Section {
    package var path: String?
    package var interval = Duration.seconds(1)
    package var timeout = Duration.seconds(1)
    package var metrics = PrometheusMetricSettings()

    package init() {}

    package static let keys: [Key<PrometheusSettings>] = [
        .value(
            "path", \.path, "what is asked for, such as `/metrics`; without it no page is",
            check: ifGiven(HealthPath.check)),
        .value(
            "interval", \.interval, "from one question to the next",
            check: { $0 >= .milliseconds(100) ? nil : "expected 100ms or more" }),
        .value("timeout", \.timeout, "an answer that takes longer is none", check: Check.positive),
        .section("metrics", \.metrics, "the names of the figures"),
    ]
}

/// The key `agents.loadReport.prometheus.metrics`: which metrics hold which figure.
package struct PrometheusMetricSettings: Section {
    package var cpu: OneOrMany<String> = [
        "agent_cpu_utilization", "openclaw_cpu_utilization", "process_cpu_seconds_total",
    ]
    package var memory: OneOrMany<String> = [
        "agent_memory_utilization", "openclaw_memory_utilization", "vllm:kv_cache_usage_perc",
        "vllm:gpu_cache_usage_perc", "llamacpp:kv_cache_usage_ratio", "sglang:token_usage",
    ]
    package var queueDepth: OneOrMany<String> = [
        "agent_queue_depth", "openclaw_queue_depth", "vllm:num_requests_waiting", "sglang:num_queue_reqs",
        "tgi_queue_size", "llamacpp:requests_deferred",
    ]
    package var utilization: OneOrMany<String> = []

    package init() {}

    package static let keys: [Key<PrometheusMetricSettings>] = [
        .value(
            "cpu", \.cpu,
            "share of the processor in use: the first of these that the page has; of several series the largest counts; "
                + "a name in `_total` is a counter of seconds, one in `_percent` goes to 100"),
        .value("memory", \.memory, "share of the memory, or of a model's cache, in use"),
        .value("queueDepth", \.queueDepth, "requests that wait in the agent; several series add up"),
        .value("utilization", \.utilization, "share of the whole agent in use, as the agent understands it"),
    ]

    package var names: PrometheusPage.Names {
        PrometheusPage.Names(
            cpu: cpu.values, memory: memory.values, queueDepth: queueDepth.values, utilization: utilization.values)
    }
}
