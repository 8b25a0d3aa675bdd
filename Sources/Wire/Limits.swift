/// How large the parts of a message may be. Units are in the names; `config.md` gives the defaults.
package struct WireLimits: Sendable, Equatable {
    package var headBytes = 32 * 1024
    package var fieldCount = 100
    package var targetBytes = 8 * 1024
    package var chunkExtensionBytes = 256
    package var trailerCount = 32
    package var trailerBytes = 8 * 1024

    package init() {}
}
