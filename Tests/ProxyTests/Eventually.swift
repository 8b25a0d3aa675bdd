import Testing

/// Looks until it is so; false after three minutes, for other tests may keep all threads busy.
func comesTrue(_ check: () async throws -> Bool) async rethrows -> Bool {
    let end = ContinuousClock.now + .seconds(180)
    while !(try await check()) {
        guard ContinuousClock.now < end, (try? await Task.sleep(for: .milliseconds(2))) != nil else { return false }
    }
    return true
}

/// Waits until it is so; a failure after three minutes.
func eventually(_ what: String, _ check: () async throws -> Bool) async throws {
    guard try await comesTrue(check) else {
        Issue.record("waited three minutes for \(what)")
        throw CancellationError()
    }
}
