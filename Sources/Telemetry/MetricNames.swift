/// A metric's name, kind and help text.
package struct Metric: Sendable {
    package enum Kind: String, Sendable { case counter, gauge, histogram }
    package let name: String
    package let kind: Kind
    package let help: String

    init(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        self.kind = kind
        self.help = help
    }
}

/// All metrics, in the order of the page. No other file spells the name of one.
package enum MetricNames {
    package static let requests = Metric(
        "gateway_requests_total", .counter, "Requests whose answer has ended, by route and class of status.")
    package static let durations = Metric(
        "gateway_request_duration_seconds", .histogram,
        "Seconds from the first byte of a request's head to the last byte of its answer, by route.")
    package static let activeConnections = Metric(
        "gateway_active_connections", .gauge, "Client connections that are open.")
    package static let connectionsAccepted = Metric(
        "gateway_connections_total", .counter, "Client connections accepted.")
    package static let connectionsRefused = Metric(
        "gateway_connections_refused_total", .counter, "Client connections closed at once because of a limit.")
    package static let activeExchanges = Metric(
        "gateway_active_requests", .gauge, "Requests between their head and the end of their answer.")
    package static let activeTunnels = Metric(
        "gateway_active_tunnels", .gauge, "Upgraded connections that are open.")
    package static let tunnelsOpened = Metric(
        "gateway_tunnels_total", .counter, "Upgrades that became a tunnel.")
    package static let bytesIn = Metric(
        "gateway_received_bytes_total", .counter, "Bytes read from clients.")
    package static let bytesOut = Metric(
        "gateway_sent_bytes_total", .counter, "Bytes written to clients.")
    package static let errors = Metric(
        "gateway_error_total", .counter, "Answers that the proxy made itself because of a failure, by kind.")

    package static let agentUp = Metric(
        "gateway_agent_up", .gauge, "1 where health checks pass or have not failed yet, else 0.")
    package static let agentAvailable = Metric(
        "gateway_agent_available", .gauge, "1 where the agent gets new requests: up, not ejected, not drained; else 0.")
    package static let agentInFlight = Metric(
        "gateway_agent_in_flight", .gauge, "Requests that the agent is serving.")
    package static let agentWeight = Metric("gateway_agent_weight", .gauge, "The agent's configured weight.")
    package static let agentEjections = Metric(
        "gateway_agent_ejections_total", .counter, "Times the agent was set aside after consecutive failures.")
    package static let agentRequests = Metric(
        "gateway_agent_requests_total", .counter, "Attempts sent to the agent.")
    package static let agentFailures = Metric(
        "gateway_agent_failures_total", .counter, "Attempts that failed at the agent.")
    package static let agentRetries = Metric(
        "gateway_agent_retries_total", .counter, "Attempts that were a further try of an exchange.")
    package static let agentConnectionsOpened = Metric(
        "gateway_agent_connections_opened_total", .counter, "Connections opened to the agent.")
    package static let agentConnectionsReused = Metric(
        "gateway_agent_connections_reused_total", .counter, "Attempts that went over a kept connection.")
    package static let agentConnections = Metric(
        "gateway_agent_connections", .gauge, "Connections to the agent that are open, kept ones included.")

    package static let accessLinesSampledOut = Metric(
        "gateway_access_lines_sampled_out_total", .counter, "Access lines that sampling left out.")
    package static let logLinesDropped = Metric(
        "gateway_log_lines_dropped_total", .counter, "Lines that could not be written to a log output in time.")
    package static let generation = Metric(
        "gateway_config_generation", .gauge, "The number of the configuration that runs.")
    package static let generationExchanges = Metric(
        "gateway_generation_exchanges", .gauge,
        "Requests and tunnels that are open, by the number of the configuration under which they began.")
    package static let reloads = Metric(
        "gateway_config_reloads_total", .counter, "Changes of configuration while running, by result.")
    package static let reloadSucceeded = Metric(
        "gateway_config_last_reload_successful", .gauge, "1 where the last change of configuration was taken, else 0.")
    package static let draining = Metric("gateway_draining", .gauge, "1 while the proxy is stopping, else 0.")
    package static let loops = Metric("gateway_event_loops", .gauge, "Event loops.")
    package static let build = Metric("gateway_build_info", .gauge, "1, with the version as a label.")
    package static let startTime = Metric(
        "process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.")
    package static let residentMemory = Metric(
        "process_resident_memory_bytes", .gauge, "Memory of the process that is resident.")
}
