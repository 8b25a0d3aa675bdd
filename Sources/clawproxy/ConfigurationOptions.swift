internal import ArgumentParser
internal import Glibc
internal import Proxy
internal import Settings

/// Where the configuration is read from; the same for every command that needs one.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .customLong("config-file"),
        help: ArgumentHelp(
            "A file in place of ~/.openclaw/gateway.json; several are layered in order.", valueName: "path"))
    var configFiles: [String] = []

    /// The same for the first look and for every reload.
    var source: ConfigSource {
        var environment: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let line = String(cString: text)
            if let equals = line.firstIndex(of: "=") {
                environment[String(line[..<equals])] = String(line[line.index(after: equals)...])
            }
            entry += 1
        }
        return ConfigSource(environment: environment, flags: ConfigurationFlags.given, configFiles: configFiles)
    }

    func load() -> Configuration<GatewaySettings> { source.load() }
}

/// Lines to standard error.
func complain(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}
