package import Settings

/// `auth.forwardAuth`: a service that is asked about requests, by GET.
package struct ForwardAuthSettings: Section {
    package var url: String?
    package var caFile: String?
    package var timeout = Duration.seconds(2)
    package var requestHeaders = ["Authorization", "Cookie"]
    package var responseHeaders: [String] = []
    package var tenantHeader: String?
    package var nameHeader: String?
    package var cacheFor = Duration.zero
    package var cacheByCredentials = false
    package var failOpen = false

    package init() {}

    package static let keys: [Key<ForwardAuthSettings>] = [
        .value(
            "url", \.url, "where it is: `http://host:port/path`, `https://`, or `unix:/path`; absent: nobody is asked"),
        .value("caFile", \.caFile, "certificates that it is trusted by, PEM; absent: those of the system"),
        .value("timeout", \.timeout, "how long it may take", check: Check.range(.milliseconds(1)...(.seconds(60)))),
        .value(
            "requestHeaders", \.requestHeaders, "fields of the request that it gets",
            check: { IdentityFields.refusal($0, isRequest: true) }),
        .value(
            "responseHeaders", \.responseHeaders,
            "fields of its answer that the agent gets; the same from clients are always removed",
            check: { IdentityFields.refusal($0, isRequest: false) }),
        .value("tenantHeader", \.tenantHeader, "the field of its answer that names the tenant", check: Check.nonEmpty),
        .value(
            "nameHeader", \.nameHeader, "the field of its answer that logs call the client by", check: Check.nonEmpty),
        .value(
            "cacheFor", \.cacheFor,
            "how long an answer holds for the same credentials, method, host and address; 0: not",
            check: Check.range(.zero...(.seconds(86_400)))),
        .value(
            "cacheByCredentials", \.cacheByCredentials,
            "an answer holds for all methods and addresses: only where the service looks at credentials alone"),
        .value(
            "failOpen", \.failOpen,
            "requests pass while it cannot be asked; otherwise they are answered with 503 or 504"),
    ]
}

enum IdentityFields {
    static func refusal(_ names: [String], isRequest: Bool) -> String? {
        if names.count > 64 { return "expected at most 64 fields, found \(names.count)" }
        for name in names {
            // a client's own fields may be told to the service whatever they are, but for those of one connection
            if let wrong = isRequest ? refusalToSend(name) : IdentityField.refusal(name) { return wrong }
        }
        return nil
    }

    private static func refusalToSend(_ name: String) -> String? {
        switch name.lowercased() {
        case "host", "connection", "content-length", "transfer-encoding", "te", "upgrade", "expect", "keep-alive",
            "trailer":
            "\(name) belongs to the request itself; leave it out"
        default:
            IdentityField.isName(name)
                ? nil : "expected the name of a field (RFC 9110 5.1), found \(Quoted.quote(name))"
        }
    }
}
