internal import Wire

extension RequestHead {
    /// A body of JSON is on its way, as its head says.
    var bringsJSON: Bool {
        guard framing != .none, let type = first(.contentType) else { return false }
        return type.isPrefixedCaseless("application/json") || type.isPrefixedCaseless("text/json")
    }

    /// A form with files, or pictures and sound: no JSON, whoever reads it.
    var bringsMedia: Bool {
        guard let type = first(.contentType) else { return false }
        return type.isPrefixedCaseless("multipart/") || type.isPrefixedCaseless("image/")
            || type.isPrefixedCaseless("audio/") || type.isPrefixedCaseless("video/")
    }

    /// A body is on its way that may be JSON, whatever its head says: `curl -d` calls everything a form.
    var mayBringJSON: Bool {
        guard framing != .none else { return false }
        switch method {
        case .post, .put, .patch: break
        default: return false
        }
        guard let type = first(.contentType) else { return true }
        return type.isPrefixedCaseless("application/json") || type.isPrefixedCaseless("text/")
            || type.isPrefixedCaseless("application/x-www-form-urlencoded")
            || type.isPrefixedCaseless("application/x-ndjson")
    }
}
