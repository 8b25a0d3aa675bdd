import Settings
import Testing

@Suite("A Redis in a configuration")
struct RedisSettingsTests {
    @Test(
        "its address is read as it is written",
        arguments: [
            ("redis://h", "redis://h"), ("redis://H:6379/", "redis://h"), ("redis://h:7000/5", "redis://h:7000/5"),
            ("rediss://[::1]:7000", "rediss://[::1]:7000"), ("redis://user@h", "redis://user@h"),
            ("redis://:pw@h/2", "redis://:***@h/2"), ("redis://u:p@w@h", "redis://u:***@h"),
            ("unix:/run/redis.sock", "unix:/run/redis.sock"),
            ("unix:///run/redis.sock?db=3", "unix:/run/redis.sock?db=3"),
            ("redis+sentinel://H/main", "redis+sentinel://h/main"),
            ("redis+sentinel://u:p@h:1,[::1]:26379,i/main/2", "redis+sentinel://u:***@h:1,[::1],i/main/2"),
            ("rediss+sentinel://h/a%2Fb", "rediss+sentinel://h/a%2Fb"),
            ("redis+sentinel://h", nil), ("redis+sentinel://h/", nil), ("redis+sentinel://h,/m", nil),
            ("redis+sentinel:///m", nil), ("redis+sentinel://h/m/x", nil), ("redis+sentinel://h/m/1/2", nil),
            ("unix+sentinel://h/m", nil),
            ("", nil), ("h:6379", nil), ("http://h", nil), ("redis://", nil), ("redis://h:0", nil),
            ("redis://h:x", nil),
            ("redis://h/x", nil), ("redis://h/1/2", nil), ("redis://::1", nil), ("redis://a b", nil),
            ("redis://h:%zz@h", nil),
            ("unix:redis.sock", nil), ("unix:/s?db=x", nil), ("unix:/s?x=1", nil), ("redis://h/99999999", nil),
        ] as [(String, String?)])
    func endpoint(text: String, spelling: String?) {
        #expect(RedisEndpoint(text)?.spelling == spelling)
    }

    @Test("names and passwords may be escaped, and are written so")
    func escapes() {
        let endpoint = RedisEndpoint("redis://a%40b:p%2Fw%20%C3%A4@h")
        #expect(endpoint?.username == "a@b")
        #expect(endpoint?.password?.value == "p/w ä")
        #expect(endpoint?.text == "\"redis://a%40b:p%2Fw%20%C3%A4@h\"")
        #expect(RedisEndpoint("redis://u:%FF@h") == nil)
    }

    @Test("the keys of their own stand before what the address says")
    func order() {
        var settings = RedisSettings()
        settings.endpoint = RedisEndpoint("redis://u:p@h/3")
        #expect(settings.user == "u" && settings.secret?.value == "p" && settings.database == 3)
        settings.username = "v"
        settings.password = Secret("q")
        settings.db = 0
        #expect(settings.user == "v" && settings.secret?.value == "q" && settings.database == 0)
        settings.password = Secret("")
        #expect(settings.secret?.value == "p")
    }
}
