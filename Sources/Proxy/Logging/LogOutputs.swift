import Glibc
import Telemetry

/// The kinds of output, each made from its settings.
enum LogOutputs {
    /// The output of an entry of `logging.outputs`; without an entry, standard error.
    static func make(_ settings: OutputSettings?) -> (any LogOutput)? {
        guard let settings else { return StreamOutput(descriptor: STDERR_FILENO, name: "stderr") }
        return switch settings.type {
        case .stderr: StreamOutput(descriptor: STDERR_FILENO, name: "stderr")
        case .stdout: StreamOutput(descriptor: STDOUT_FILENO, name: "stdout")
        case .file: settings.path.map { FileOutput(path: $0, settings) }
        case .syslog: settings.syslogTarget.map { SyslogOutput(target: $0) }
        }
    }
}
