internal import Balancer
internal import Settings
internal import Telemetry

/// Whether there is room for what comes.
extension Doctor {
    @Sendable static func connections(_ seen: Examination) -> [Finding] {
        let what = "client connections"
        let limit = seen.settings.http.limits.maxConnections
        let share = Examination.share(seen.connections, limit)
        if seen.traffic.connectionsRefused > 0 {
            let perAddress = seen.settings.http.limits.connectionsPerAddress
            return [
                .error(
                    what, "\(seen.traffic.connectionsRefused) were turned away \(seen.period); \(share) are open",
                    remedy: "raise http.limits.maxConnections"
                        + (perAddress > 0 ? " or connectionsPerAddress (\(perAddress))" : "") + ", or add a replica")
            ]
        }
        if seen.connections * 10 >= limit * 8 {
            return [.warning(what, "\(share) are open", remedy: "raise http.limits.maxConnections, or add a replica")]
        }
        return [.ok(what, share)]
    }

    @Sendable static func exchanges(_ seen: Examination) -> [Finding] {
        let limit = seen.settings.performance.maxConcurrentRequests
        let share = Examination.share(seen.exchanges, limit)
        let remedy = "raise performance.maxConcurrentRequests, or add a replica"
        if seen.exchanges >= limit {
            return [.error("requests", "\(share) are open: more are answered with 503", remedy: remedy)]
        }
        if seen.exchanges * 10 >= limit * 8 { return [.warning("requests", "\(share) are open", remedy: remedy)] }
        return [.ok("requests", "\(share) open")]
    }

    @Sendable static func descriptors(_ seen: Examination) -> [Finding] {
        let (open, limit) = (seen.descriptors.open, seen.descriptors.limit)
        guard limit > 0 else { return [] }
        let what = "open files"
        let remedy = "raise the limit: LimitNOFILE= of the unit, --ulimit nofile= of the container, or ulimit -n"
        if open * 10 >= limit * 8 { return [.error(what, "\(Examination.share(open, limit))", remedy: remedy)] }
        let wanted = seen.settings.http.limits.maxConnections
        if limit < 2 * wanted {
            return [
                .warning(
                    what,
                    "the limit is \(limit): enough for about \(limit / 2) connections, "
                        + "and http.limits.maxConnections is \(wanted)",
                    remedy: remedy)
            ]
        }
        return [.ok(what, Examination.share(open, limit))]
    }

    @Sendable static func logLines(_ seen: Examination) -> [Finding] {
        guard seen.droppedLines > 0 else { return [.ok("log", "no line was lost")] }
        return [
            .warning(
                "log", "\(seen.droppedLines) lines were lost since the start: an output is too slow, or does not work",
                remedy:
                    "look at logging.outputs (is the disk full, the server away?), "
                    + "or write less: logging.level, logging.sampling"
            )
        ]
    }
}
