<?php
// Makes one throw-away WordPress: `php setup.php DIR < plan.json`. DIR already holds wp-config.php. Prints
// {"password": "…"}: the Application Password of the user that the plan names.
// plan: {"url", "title", "plugin": null|"inactive"|"active", "options": {name: value}, "log": null|[[utc, level, source, message, context]],
//        "capability": null|"fusebox_read"}

$plan = json_decode( stream_get_contents( STDIN ), true );
define( 'WP_INSTALLING', true );
$_SERVER['HTTP_HOST'] = parse_url( $plan['url'], PHP_URL_HOST ) . ':' . parse_url( $plan['url'], PHP_URL_PORT );
require $argv[1] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

add_filter( 'pre_wp_mail', '__return_true' );
wp_install( $plan['title'], 'admin', 'admin@example.org', true, '', 'admin-password' );
update_option( 'siteurl', $plan['url'] );
update_option( 'home', $plan['url'] );
if ( 'active' === $plan['plugin'] ) {
	update_option( 'active_plugins', array( 'wp-fusion-lite/wp-fusion-lite.php' ) );
}
foreach ( $plan['options'] as $name => $value ) {
	update_option( $name, $value );
}

if ( null !== $plan['log'] ) {
	$table = $wpdb->prefix . 'wpf_logging';
	$wpdb->query( "CREATE TABLE $table (log_id bigint(20) NOT NULL AUTO_INCREMENT, timestamp datetime NOT NULL, level smallint(4) NOT NULL, user bigint(8) NOT NULL, source varchar(200) NOT NULL, message longtext NOT NULL, context longtext NULL, PRIMARY KEY (log_id), KEY level (level))" );
	foreach ( $plan['log'] as $row ) {
		$wpdb->insert( $table, array( 'timestamp' => $row[0], 'level' => $row[1], 'user' => 0, 'source' => $row[2], 'message' => $row[3], 'context' => $row[4] ) );
	}
}

$user = new WP_User( wp_create_user( 'fusebox', 'login-password', 'fusebox@example.org' ) );
$user->set_role( 'subscriber' );
if ( null !== $plan['capability'] ) {
	$user->add_cap( $plan['capability'] );
}
foreach ( array( '003000000000001AAA', '003000000000002AAA', '00Q000000000001AAA' ) as $number => $contact ) {
	update_user_meta( wp_create_user( "customer$number", 'x', "customer$number@example.org" ), 'salesforce_contact_id', $contact );
}
list( $password ) = WP_Application_Passwords::create_new_application_password( $user->ID, array( 'name' => 'fusebox' ) );
fwrite( STDOUT, "\n" . json_encode( array( 'password' => $password ) ) . "\n" );
