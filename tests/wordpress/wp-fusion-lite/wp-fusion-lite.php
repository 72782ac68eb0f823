<?php
/**
 * Plugin Name: WP Fusion Lite (stand-in)
 * Description: Not WP Fusion: a stand-in for fusebox's tests, with the names and the behaviour that the agent meets.
 * Version: 3.47.11
 */

// Written for the tests from what the real plugin was observed to do with Salesforce, mistakes included: an expired session
// is refreshed, and when the answer to the repeated call is "expired" again, refreshed again, for ever; a page with status 200
// counts as success and empties the lists; errors are looked at only where the address holds "salesforce"; all settings are saved
// as they were loaded, with the tokens of that moment.

define( 'WP_FUSION_VERSION', '3.47.11' );
define( 'WPF_DIR_PATH', plugin_dir_path( __FILE__ ) );

function wpf_get_option( $name, $default = false ) {
	return wp_fusion()->settings->get( $name, $default );
}

class Stand_In_Settings {
	public $options;

	public function __construct() {
		$this->options = get_option( 'wpf_options', array() );
	}

	public function get( $name, $default = false ) {
		$value = empty( $this->options[ $name ] ) ? $default : $this->options[ $name ];
		return is_array( $value ) && isset( $value['crm_field'] ) ? $value['crm_field'] : $value;
	}

	public function set( $name, $value ) {
		$this->options[ $name ] = $value;
		if ( 'available_tags' === $name || 'crm_fields' === $name ) {
			return update_option( "wpf_$name", $value, false );
		}
		return update_option( 'wpf_options', array_diff_key( $this->options, array( 'available_tags' => 0, 'crm_fields' => 0 ) ) );
	}
}

class Stand_In_Proxy {
	public $crm = false;

	public function load() {
		$file = WPF_DIR_PATH . 'includes/crms/salesforce/class-salesforce.php';
		if ( 'salesforce' === wpf_get_option( 'crm' ) ) {
			require_once $file;
			$this->crm = new WPF_Salesforce();
			add_action( 'init', array( $this->crm, 'init' ), 1 );
		}
	}

	public function __call( $method, $arguments ) {
		return $this->crm ? call_user_func_array( array( $this->crm, $method ), $arguments ) : false;
	}
}

class Stand_In_Fusion {
	public $settings;
	public $crm;
	// Made in the administration alone.
	public $admin_notices;
}

function wp_fusion() {
	static $fusion = null;
	if ( null === $fusion ) {
		$fusion           = new Stand_In_Fusion();
		$fusion->settings = new Stand_In_Settings();
		$fusion->crm      = new Stand_In_Proxy();
		$fusion->crm->load();
	}
	return $fusion;
}

add_action( 'plugins_loaded', 'wp_fusion' );
