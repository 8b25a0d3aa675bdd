import ArgumentParser
import Foundation

/// What an agent reports of its load: as it was told to, or as it is where its slots are limited.
struct LoadFigures {
    /// The forms of the header `endpoint-load-metrics` (ORCA).
    enum Form: String, Sendable, CaseIterable, ExpressibleByArgument {
        case text, json, bin
    }

    /// Shares, 0...1.
    var cpu: Double
    var memory: Double
    var queueDepth: Int

    init(_ agent: Agent) {
        let behaviour = agent.behaviour
        let load = agent.slots.load
        memory = behaviour.memory
        guard behaviour.work.slots > 0 else {
            (cpu, queueDepth) = (behaviour.cpu, behaviour.queueDepth)
            return
        }
        cpu = min(1, Double(load.busy) / Double(behaviour.work.slots))
        queueDepth = load.waiting
    }

    func header(_ form: Form) -> String {
        switch form {
        case .text: "TEXT cpu_utilization=\(cpu), mem_utilization=\(memory), named_metrics.queue_depth=\(queueDepth)"
        case .json: "JSON " + json.text
        case .bin: "BIN " + Data(message).base64EncodedString()
        }
    }

    private var json: JSON {
        [
            "cpu_utilization": .number(cpu), "mem_utilization": .number(memory),
            "named_metrics": ["queue_depth": .int(queueDepth)],
        ]
    }

    /// `xds.data.orca.v3.OrcaLoadReport` in protobuf: fields 1, 2 and the map 8.
    private var message: [UInt8] {
        let name = Array("queue_depth".utf8)
        let entry = [0x0A, UInt8(name.count)] + name + Self.double(2, Double(queueDepth))
        return Self.double(1, cpu) + Self.double(2, memory) + [0x42, UInt8(entry.count)] + entry
    }

    private static func double(_ field: UInt8, _ value: Double) -> [UInt8] {
        [field << 3 | 1] + withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init)
    }

    /// The page that Prometheus reads.
    var exposition: String {
        let rows = [
            ("agent_cpu_utilization", "Share of the slots that are busy, 0 to 1.", "\(cpu)"),
            ("agent_memory_utilization", "Share of the memory in use, 0 to 1.", "\(memory)"),
            ("agent_queue_depth", "Requests that wait for a slot.", "\(queueDepth)"),
        ]
        return rows.map { "# HELP \($0) \($1)\n# TYPE \($0) gauge\n\($0) \($2)\n" }.joined()
    }
}
