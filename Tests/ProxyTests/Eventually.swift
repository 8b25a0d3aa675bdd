import Testing

/// Looks until it is so; false after three minutes, for other tests may keep all threads busy.
func comesTrue(_ check: () async -> Bool) async -> Bool {
    let end = ContinuousClock.now + .seconds(180)
    while !(await check()) {
        guard ContinuousClock.now < end, (try? await Task.sleep(for: .milliseconds(2))) != nil else { return false }
    }
    return true
}

/// Waits until it is so; a failure after three minutes.
func eventually(_ what: String, _ check: () async -> Bool) async throws {
    guard await comesTrue(check) else {
        Issue.record("waited three minutes for \(what)")
        throw CancellationError()
    }
}
