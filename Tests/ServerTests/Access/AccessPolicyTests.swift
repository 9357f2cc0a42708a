import HostModel
import Server
import Testing

struct AccessPolicyTests {
    static let app: AppID = {
        guard let id = AppID("notes") else { preconditionFailure("'notes' is an app id") }
        return id
    }()

    static let operators: [Caller] = [
        .operatorBySocket(user: 0), .operatorByToken(name: "ci"), .operatorBySession(name: "ci"),
    ]

    static let requirements: [Requirement] = [
        .anybody, .operatorOnly, .capabilities([]), .capabilities([.appsRead]),
        .capabilities([.appsManage, .catalogsManage]),
    ]

    @Test(arguments: AccessPolicyTests.requirements, AccessPolicyTests.operators)
    func `the operator may everything`(requirement: Requirement, caller: Caller) {
        #expect(AccessPolicy.decision(for: requirement, caller: caller) == .allowed)
    }

    @Test(arguments: AccessPolicyTests.requirements)
    func `nobody may nothing but what is for anybody`(requirement: Requirement) {
        let expected = requirement == .anybody ? AccessDecision.allowed : .refused(.notKnown)
        #expect(AccessPolicy.decision(for: requirement, caller: .nobody) == expected)
    }

    static let rows: [(Requirement, Set<Capability>, AccessDecision)] = [
        (.anybody, [], .allowed),
        (.operatorOnly, Set(Capability.allCases), .refused(.operatorOnly)),
        (.capabilities([]), [], .allowed),
        (.capabilities([.appsRead]), [.appsRead], .allowed),
        (.capabilities([.appsRead]), [.appsManage, .catalogsRead], .refused(.lacks([.appsRead]))),
        (
            .capabilities([.appsManage, .catalogsManage]), [.appsManage, .appsRead],
            .refused(.lacks([.catalogsManage]))
        ),
        (.capabilities([.appsManage, .catalogsManage]), [.appsManage, .catalogsManage], .allowed),
    ]

    @Test(arguments: AccessPolicyTests.rows)
    func `an app may what it was granted`(
        requirement: Requirement, granted: Set<Capability>, expected: AccessDecision
    ) {
        let caller = Caller.app(Self.app, granted)
        #expect(AccessPolicy.decision(for: requirement, caller: caller) == expected)
    }
}
