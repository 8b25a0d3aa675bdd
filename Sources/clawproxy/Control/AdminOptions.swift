internal import ArgumentParser
internal import Proxy
internal import Settings

/// How the running proxy is reached; the same for every command that asks it.
struct AdminOptions: ParsableArguments {
    @OptionGroup var configuration: ConfigurationOptions

    @Option(
        help: ArgumentHelp(
            "The proxy's admin listener, HOST:PORT or unix:/path, where it is not what admin.listen says.",
            valueName: "address"))
    var admin: String?

    @Option(
        help: ArgumentHelp(
            "The admin token; other users may see it here. Absent: admin.token of the configuration, else that in"
                + " ~/.openclaw/clawproxy.token.",
            valueName: "token"))
    var token: String?
}

/// The token that is sent along, and where it was found.
struct AdminTokenFound: Sendable {
    var text: String?
    /// `--token`, `admin.token of the configuration`, the path of a file; nil where there is none.
    var origin: String?

    init(_ options: AdminOptions, _ settings: AdminSettings, home: String?) {
        if let given = options.token, !given.isEmpty {
            (text, origin) = (given, "--token")
        } else if let configured = settings.token?.value, !configured.isEmpty {
            (text, origin) = (configured, "admin.token of the configuration")
        } else if let home, let kept = AdminToken.load(home: home), !kept.isEmpty {
            (text, origin) = (kept, Self.file)
        }
    }

    /// Where the proxy keeps the one that it made.
    static let file = "~/.openclaw/clawproxy.token"
    static let places = "--token, admin.token of the configuration (or OPENCLAW_GATEWAY_ADMIN_TOKEN), \(file)"
}
