internal import Settings

/// The files that come from the declarations of the configuration, by their path in the repository.
package enum GeneratedFiles {
    package static var all: [(path: String, text: String)] {
        [
            ("docs/configuration.md", Reference.markdown(GatewaySettings.self)),
            ("config/clawproxy.schema.json", Reference.schema(GatewaySettings.self)),
            ("config/gateway.json", Reference.example(GatewaySettings.self)),
        ]
    }
}
