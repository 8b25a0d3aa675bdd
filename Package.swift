// swift-tools-version: 6.2
import PackageDescription

/// The module graph is the law: a target lists only what it may import (ARCHITECTURE.md draws it).
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    // Checked in debug builds, where the tests run; on the path of a request the checks cost 6 % (docs/decisions/0002).
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]
/// The runtime inside the program: calls into it without a detour, thread-locals without a call, nothing to install.
let selfContained: [LinkerSetting] = [.unsafeFlags(["-static-stdlib", "-use-ld=lld", "-lCoreFoundation", "-l_FoundationICU", "-l_FoundationCShims", "-l_FoundationCollections"], .when(configuration: .release))]
let nio = ["NIOCore", "NIOPosix", "NIOConcurrencyHelpers"].map { Target.Dependency.product(name: $0, package: "swift-nio") }
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "clawproxy",
    products: [
        .executable(name: "clawproxy", targets: ["clawproxy"]),
        .executable(name: "demo-agent", targets: ["DemoAgent"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .target(name: "CRE2", linkerSettings: [.linkedLibrary("re2")]),

        .target(name: "Settings", dependencies: ["CYAML"], swiftSettings: strict),
        .target(name: "Wire", swiftSettings: strict),
        .target(name: "Access", dependencies: ["Settings", "Wire", "COpenSSL"], swiftSettings: strict),
        // jwt-kit brings Foundation: imported by the program alone (Sources/Access/JWT/JWTKey.swift)
        .target(
            name: "WebTokens", dependencies: ["Access", "Settings", .product(name: "JWTKit", package: "jwt-kit")], swiftSettings: strict),
        .target(name: "Routing", dependencies: ["Settings", "Wire", "CRE2"], swiftSettings: strict),
        .target(name: "Balancer", dependencies: ["Settings", "Wire"], swiftSettings: strict),
        .target(
            name: "Cache", dependencies: ["Settings", "Wire", "COpenSSL", "CRE2", "CZlib", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: strict),
        .target(name: "CSemanticTable", exclude: ["data"], cSettings: [.headerSearchPath("data")]),
        .target(name: "CVectors", cSettings: [.unsafeFlags(["-O2"], .when(configuration: .debug))]),
        // Arithmetic: unoptimized it takes seconds to learn what it learns in milliseconds.
        .target(
            name: "Semantics", dependencies: ["Settings", "Wire", "CSemanticTable", "CVectors"],
            swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
        .target(name: "Telemetry", dependencies: ["Settings", "Wire"], swiftSettings: strict),
        .target(
            name: "Proxy",
            dependencies: [
                "Access", "Routing", "Balancer", "Cache", "Semantics", "Telemetry", "Wire", "Settings", "CHiredis", "CMalloc", "COpenSSL", "CZlib", logging,
                .product(name: "NIOHTTP2", package: "swift-nio-http2"), .product(name: "NIOHPACK", package: "swift-nio-http2"),
            ] + nio,
            swiftSettings: strict),
        .executableTarget(
            name: "clawproxy",
            dependencies: [
                "Access", "Proxy", "Settings", "WebTokens", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict,
            linkerSettings: selfContained),
        .executableTarget(
            name: "DemoAgent",
            dependencies: [
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ] + nio,
            swiftSettings: strict),

        .executableTarget(
            name: "BalancerSimulation", dependencies: ["Balancer", "Settings"], path: "Benchmarks/BalancerSimulation",
            swiftSettings: strict),

        .executableTarget(
            name: "CacheHitRatio", dependencies: ["Cache", .product(name: "NIOCore", package: "swift-nio")], path: "Benchmarks/CacheHitRatio",
            swiftSettings: strict),

        .testTarget(name: "SettingsTests", dependencies: ["Settings"], swiftSettings: strict),
        .testTarget(name: "WireTests", dependencies: ["Wire"], swiftSettings: strict),
        .testTarget(name: "AccessTests", dependencies: ["Access", "Settings"], swiftSettings: strict),
        .testTarget(
            name: "WebTokensTests", dependencies: ["WebTokens", "Access", "Proxy", "Settings", .product(name: "JWTKit", package: "jwt-kit")] + nio,
            swiftSettings: strict),
        .testTarget(name: "RoutingTests", dependencies: ["Routing", "Settings", "Wire"], swiftSettings: strict),
        .testTarget(
            name: "BalancerTests", dependencies: ["Balancer", "BalancerSimulation", "Settings"], swiftSettings: strict),
        .testTarget(
            name: "CacheTests", dependencies: ["Cache", "Settings", "Wire", "COpenSSL", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: strict),
        .testTarget(
            name: "SemanticsTests", dependencies: ["Semantics", "Settings", "Wire", "CVectors"],
            exclude: [
                "Categories/held-out.jsonl",
                "Categories/unseen.jsonl",
                "Prompts/token-counts.json",
                "Similar/earlier-near-misses.jsonl",
                "Similar/earlier-paraphrases.jsonl",
                "Similar/held-back-near-misses.jsonl",
                "Similar/held-back-paraphrases.jsonl",
                "Similar/near-misses.jsonl",
                "Similar/paraphrases.jsonl",
            ], swiftSettings: strict),
        .testTarget(name: "TelemetryTests", dependencies: ["Telemetry", "Settings"], swiftSettings: strict),
        .testTarget(
            name: "ProxyTests", dependencies: ["Proxy", "Access", "Balancer", "Cache", "COpenSSL", "Routing", "Semantics", "Settings", "Telemetry", "Wire", logging] + nio,
            swiftSettings: strict),
    ]
)
