import java.io.FileInputStream;
import java.io.InputStream;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.Rule;
import org.verapdf.pdfa.validation.profiles.RuleId;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.profiles.Variable;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/**
 * Check PDF files against veraPDF's profiles: VeraCheck 3a,ua1 one.pdf two.pdf
 *
 * Prints "PASS 3a one.pdf" or "FAIL 3a one.pdf" and each broken rule; exits with 1 when a file fails.
 * The profiles are read with DOM: the jar that carries veraPDF has no JAXB runtime.
 */
public class VeraCheck {
    public static void main(String[] arguments) throws Exception {
        java.util.logging.LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        boolean allCompliant = true;
        for (String name : arguments[0].split(",")) {
            PDFAFlavour flavour = PDFAFlavour.fromString(name);
            ValidationProfile profile = profile(flavour, name);
            for (int i = 1; i < arguments.length; i++) {
                allCompliant &= check(arguments[i], name, flavour, profile);
            }
        }
        System.exit(allCompliant ? 0 : 1);
    }

    static boolean check(String file, String name, PDFAFlavour flavour, ValidationProfile profile) throws Exception {
        try (InputStream input = new FileInputStream(file);
                PDFAParser parser = Foundries.defaultInstance().createParser(input, flavour)) {
            PDFAValidator validator = Foundries.defaultInstance().createValidator(profile, false);
            ValidationResult result = validator.validate(parser);
            System.out.println((result.isCompliant() ? "PASS " : "FAIL ") + name + " " + file
                + " (" + profile.getRules().size() + " rules, " + result.getTotalAssertions() + " checks)");
            Map<String, String> broken = new TreeMap<>();
            for (TestAssertion assertion : result.getTestAssertions()) {
                if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                    RuleId rule = assertion.getRuleId();
                    broken.putIfAbsent(rule.getClause() + "-" + rule.getTestNumber(),
                        assertion.getMessage() + " @ " + assertion.getLocation().getContext());
                }
            }
            broken.forEach((rule, message) -> System.out.println("   " + rule + " " + message));
            return result.isCompliant();
        }
    }

    static ValidationProfile profile(PDFAFlavour flavour, String name) throws Exception {
        String resource = name.startsWith("ua") ? "PDFUA-" + name.substring(2) : "PDFA-" + name.toUpperCase();
        Document document;
        try (InputStream input =
                VeraCheck.class.getResourceAsStream("/org/verapdf/pdfa/validation/" + resource + ".xml")) {
            document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(input);
        }
        Set<Rule> rules = new LinkedHashSet<>();
        NodeList nodes = document.getElementsByTagName("rule");
        for (int i = 0; i < nodes.getLength(); i++) {
            rules.add(rule((Element) nodes.item(i)));
        }
        Set<Variable> variables = new LinkedHashSet<>();
        nodes = document.getElementsByTagName("variable");
        for (int i = 0; i < nodes.getLength(); i++) {
            Element variable = (Element) nodes.item(i);
            variables.add(Profiles.variableFromValues(variable.getAttribute("name"), variable.getAttribute("object"),
                text(variable, "defaultValue"), text(variable, "value")));
        }
        return Profiles.profileFromValues(flavour,
            Profiles.profileDetailsFromValues(resource, resource, "veraPDF", new Date()), "", rules, variables);
    }

    static Rule rule(Element rule) {
        Element id = (Element) rule.getElementsByTagName("id").item(0);
        Element error = (Element) rule.getElementsByTagName("error").item(0);
        RuleId ruleId = Profiles.ruleIdFromValues(
            PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
            id.getAttribute("clause"), Integer.parseInt(id.getAttribute("testNumber")));
        Boolean deferred = rule.hasAttribute("deferred") ? Boolean.valueOf(rule.getAttribute("deferred")) : null;
        return Profiles.ruleFromValues(ruleId, rule.getAttribute("object"), deferred, rule.getAttribute("tags"),
            text(rule, "description"), text(rule, "test"),
            Profiles.errorFromValues(text(error, "message"), Collections.emptyList()), Collections.emptyList());
    }

    static String text(Element parent, String name) {
        for (Node child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
            if (name.equals(child.getNodeName())) {
                return child.getTextContent().trim();
            }
        }
        return "";
    }
}
